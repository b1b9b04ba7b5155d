// Times are printed in the acting person's zone and relative to the demo's clock, never the machine's.

const cache = new Map();

function formatter(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!cache.has(key)) {
    cache.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone || "UTC", ...options }));
  }
  return cache.get(key);
}

function parts(date, zone) {
  const options = {
    year: "numeric", month: "2-digit", day: "2-digit",
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  };
  return Object.fromEntries(formatter(zone, options).formatToParts(date).map((p) => [p.type, p.value]));
}

export function dayKey(date, zone) {
  const p = parts(date, zone);
  return `${p.year}-${p.month}-${p.day}`;
}

export function clockTime(date, zone) {
  const p = parts(date, zone);
  return `${p.hour}:${p.minute}`;
}

/** `YYYY-MM-DDTHH:MM`, as the browser's own date and time fields want it. */
export function fieldValue(date, zone) {
  return `${dayKey(date, zone)}T${clockTime(date, zone)}`;
}

/** The instant of a wall-clock time in a zone; in a gap or overlap the later reading of the offset. */
export function instantOf(local, zone) {
  const wanted = Date.parse(`${local.length === 16 ? local : `${local}:00`}Z`);
  let guess = wanted;
  for (let i = 0; i < 3; i += 1) {
    const shown = Date.parse(`${fieldValue(new Date(guess), zone)}Z`);
    guess += wanted - shown;
  }
  return new Date(guess);
}

/** The day `days` after `date` at a wall-clock time of the zone. */
export function dayAt(date, zone, days, time) {
  const noon = Date.parse(`${dayKey(date, zone)}T12:00Z`) + days * 86400000;
  return instantOf(`${new Date(noon).toISOString().slice(0, 10)}T${time}`, zone);
}

export function weekdayIndex(date, zone) {
  return new Date(`${dayKey(date, zone)}T12:00Z`).getUTCDay();
}

function daysBetween(date, now, zone) {
  return Math.round((Date.parse(dayKey(date, zone)) - Date.parse(dayKey(now, zone))) / 86400000);
}

const NEAR = new Map([[-1, "yesterday"], [0, "today"], [1, "tomorrow"]]);

function ago(date, now) {
  const seconds = Math.round((now - date) / 1000);
  const size = Math.abs(seconds);
  const [n, unit] = size < 60 ? [size, "second"] : size < 3600 ? [Math.round(size / 60), "minute"]
    : size < 86400 ? [Math.round(size / 3600), "hour"] : [Math.round(size / 86400), "day"];
  const words = `${n} ${unit}${n === 1 ? "" : "s"}`;
  return seconds >= 0 ? `${words} ago` : `in ${words}`;
}

function shortMonth(date, zone) {
  return formatter(zone, { month: "short" }).format(date).slice(0, 3); // Sep, as everywhere else
}

function year(date, now, zone) {
  const far = Math.abs(daysBetween(date, now, zone)) > 183;
  return far ? ` ${parts(date, zone).year}` : "";
}

const TOKENS = {
  date_num: (d, zone) => dayKey(d, zone),
  date_slash: (d, zone) => dayKey(d, zone).replaceAll("-", "/"),
  date: (d, zone, now) =>
    `${Number(parts(d, zone).day)} ${formatter(zone, { month: "long" }).format(d)}${year(d, now, zone)}`,
  date_short: (d, zone, now) =>
    `${Number(parts(d, zone).day)} ${shortMonth(d, zone)}${year(d, now, zone)}`,
  date_long: (d, zone, now) => `${formatter(zone, { weekday: "long" }).format(d)} ${TOKENS.date(d, zone, now)}`,
  time: (d, zone) => clockTime(d, zone),
  time_secs: (d, zone) => `${clockTime(d, zone)}:${parts(d, zone).second}`,
  ago: (d, zone, now) => ago(d, now),
};

function token(name, date, zone, now) {
  const plain = name.replace(/_pretty$/, "").replace(/^day_divider$/, "date_long");
  if (!TOKENS[plain]) return null;
  const near = plain !== name && NEAR.get(daysBetween(date, now, zone));
  return near || TOKENS[plain](date, zone, now);
}

/** Slack's `{date_short_pretty} at {time}` and its kin; null when the format is not one of them. */
export function formatDate(seconds, format, { zone, now }) {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return null;
  let known = true;
  const text = format.replace(/\{([a-z_]+)\}/g, (whole, name) => {
    const value = token(name, date, zone, now);
    if (value === null) known = false;
    return value ?? whole;
  });
  return known ? text : null;
}

export function fullTime(date, zone) {
  const options = {
    weekday: "long", month: "long", day: "numeric", year: "numeric",
    hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short",
  };
  return formatter(zone, options).format(date);
}

export function dayHeading(date, now, zone) {
  const near = NEAR.get(daysBetween(date, now, zone));
  if (near) return near[0].toUpperCase() + near.slice(1);
  return TOKENS.date_long(date, zone, now);
}

export function clockHeading(date, zone) {
  return `${formatter(zone, { weekday: "short" }).format(date)} ${Number(parts(date, zone).day)} ${shortMonth(date, zone)}`;
}

export function zoneName(date, zone) {
  const found = formatter(zone, { timeZoneName: "short" }).formatToParts(date);
  return found.find((p) => p.type === "timeZoneName")?.value || zone;
}
