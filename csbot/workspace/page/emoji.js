// A small common set of :names:; what is not here stays as it was typed.
import { h } from "./dom.js";

const SET = `
red_circle 🔴 large_orange_circle 🟠 orange_circle 🟠 large_yellow_circle 🟡 yellow_circle 🟡
large_green_circle 🟢 green_circle 🟢 large_blue_circle 🔵 blue_circle 🔵 large_purple_circle 🟣
purple_circle 🟣 white_circle ⚪ black_circle ⚫ large_brown_circle 🟤 warning ⚠️ rotating_light 🚨
white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌ negative_squared_cross_mark ❎
exclamation ❗ question ❓ bangbang ‼️ no_entry ⛔ no_entry_sign 🚫 stop_sign 🛑 hourglass ⌛
hourglass_flowing_sand ⏳ alarm_clock ⏰ stopwatch ⏱️ clock1 🕐 calendar 📅 date 📅 spiral_calendar_pad 🗓️
tada 🎉 confetti_ball 🎊 trophy 🏆 medal 🏅 first_place_medal 🥇 star ⭐ star2 🌟 sparkles ✨ fire 🔥
rocket 🚀 dart 🎯 bell 🔔 no_bell 🔕 mega 📣 loudspeaker 📢 speech_balloon 💬 email 📧 envelope ✉️
phone ☎️ telephone_receiver 📞 calling 📲 eyes 👀 wave 👋 +1 👍 thumbsup 👍 -1 👎 thumbsdown 👎
clap 👏 raised_hands 🙌 pray 🙏 muscle 💪 handshake 🤝 point_right 👉 point_left 👈 ok_hand 👌
smile 😄 smiley 😃 grinning 😀 slightly_smiling_face 🙂 blush 😊 wink 😉 joy 😂 thinking_face 🤔
neutral_face 😐 slightly_frowning_face 🙁 cry 😢 sob 😭 worried 😟 confused 😕 rage 😡 scream 😱
heart ❤️ green_heart 💚 blue_heart 💙 broken_heart 💔 zzz 💤 bulb 💡 mag 🔍 lock 🔒 unlock 🔓 key 🔑
link 🔗 pushpin 📌 round_pushpin 📍 paperclip 📎 memo 📝 pencil 📝 clipboard 📋 page_facing_up 📄
file_folder 📁 inbox_tray 📥 outbox_tray 📤 package 📦 chart_with_upwards_trend 📈
chart_with_downwards_trend 📉 bar_chart 📊 moneybag 💰 dollar 💵 credit_card 💳 gear ⚙️ wrench 🔧
hammer_and_wrench 🛠️ robot_face 🤖 snowflake ❄️ sunny ☀️ cloud ☁️ seedling 🌱 evergreen_tree 🌲
house 🏠 office 🏢 busts_in_silhouette 👥 bust_in_silhouette 👤 arrow_right ➡️ arrow_left ⬅️
arrow_up ⬆️ arrow_down ⬇️ arrow_upper_right ↗️ arrow_lower_right ↘️ arrows_counterclockwise 🔄
repeat 🔁 heavy_plus_sign ➕ heavy_minus_sign ➖ information_source ℹ️ small_blue_diamond 🔹
small_orange_diamond 🔸 one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ coffee ☕ pizza 🍕 cake 🍰 gift 🎁
checkered_flag 🏁 triangular_flag_on_post 🚩 white_flag 🏳️ books 📚 book 📖 label 🏷️ sleeping 😴
beach_with_umbrella 🏖️ palm_tree 🌴 airplane ✈️ construction 🚧 heavy_dollar_sign 💲 100 💯
`;

const BY_NAME = new Map();
const WORDS = SET.trim().split(/\s+/);
for (let i = 0; i < WORDS.length; i += 2) BY_NAME.set(WORDS[i], WORDS[i + 1]);

// Severity marks are drawn, so that they look the same on machines without an emoji font.
const MARKS = new Map([
  ["🔴", "red"], ["🟠", "orange"], ["🟡", "yellow"], ["🟢", "green"], ["🔵", "blue"],
  ["🟣", "purple"], ["🟤", "brown"], ["⚪", "white"], ["⚫", "black"],
]);
const MARK = /(🔴|🟠|🟡|🟢|🔵|🟣|🟤|⚪|⚫)\uFE0F?/u;
const NAMED = /:([a-z0-9_+'-]+):(?::skin-tone-\d:)?/;
const BOTH = new RegExp(`${MARK.source}|${NAMED.source}`, "u");

function emojiNode(symbol, name) {
  const mark = MARKS.get(symbol);
  const label = name ? name.replaceAll("_", " ") : `${mark} circle`;
  const classes = mark ? `span.emoji.mark.mark-${mark}` : "span.emoji";
  return h(classes, { role: "img", "aria-label": label, title: name ? `:${name}:` : null }, symbol);
}

/** The node of `:name:`, or null when the name is not in the set. */
export function emojiByName(name) {
  const symbol = BY_NAME.get(name);
  return symbol ? emojiNode(symbol, name) : null;
}

/** Text nodes with marks and, when `named`, :emoji: in between. */
export function withEmoji(text, named = true) {
  const out = [];
  let rest = text;
  for (;;) {
    const found = rest.match(named ? BOTH : MARK);
    if (!found) break;
    const node = found[1] ? emojiNode(found[1]) : emojiByName(found[2]);
    const end = found.index + (node ? found[0].length : 1);
    out.push(node ? rest.slice(0, found.index) : rest.slice(0, end));
    if (node) out.push(node);
    rest = rest.slice(end);
  }
  out.push(rest);
  return out.filter((part) => part !== "");
}

/** Marks the page when the machine has no colour emoji, so that names are shown in their place. */
export function checkEmojiFont() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 24;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.font = "18px sans-serif";
  pen.fillText("🎉", 0, 20);
  const pixels = pen.getImageData(0, 0, 24, 24).data;
  let coloured = false;
  for (let i = 0; i < pixels.length; i += 4) if (Math.abs(pixels[i] - pixels[i + 2]) > 24) coloured = true;
  document.body.classList.toggle("no-emoji", !coloured);
}
