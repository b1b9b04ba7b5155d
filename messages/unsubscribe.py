"""The page behind the link at the end of an e-mail; it is the same whoever asks."""

from html import escape

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<link rel="icon" href="data:,">
</head>
<body>
<main>
<h1>{title}</h1>
<p>{words}</p>
{form}</main>
</body>
</html>
"""
FORM = '<form method="post"><button type="submit">Unsubscribe</button></form>\n'


def asking(company: str) -> str:
    """Opening a link is not a wish: mail programs and scanners open them all."""
    words = f"You will get no more e-mails like this one from {company or 'us'}."
    return PAGE.format(title="Unsubscribe?", words=escape(words), form=FORM)


def done(company: str) -> str:
    words = f"{company or 'We'} will not send you e-mails like that one any more."
    return PAGE.format(title="You are unsubscribed", words=escape(words), form="")
