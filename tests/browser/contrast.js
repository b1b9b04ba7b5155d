(node) => {
  const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
  const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const groundOf = (one) => parts(getComputedStyle(one).backgroundColor);
  let ground = node;
  while (ground.parentElement && groundOf(ground)[3] === 0) ground = ground.parentElement;
  const a = luminance(parts(getComputedStyle(node).color));
  const b = luminance(groundOf(ground));
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
