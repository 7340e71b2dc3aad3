// The words of the kit, as the server said them in the reader's language.
const said: Record<string, string> = JSON.parse(
  document.getElementById("words")?.textContent ?? "{}",
);
export const english = document.documentElement.lang.startsWith("en");

export function word(name: string, n?: number | string): string {
  const text = said[name] ?? name;
  return n === undefined ? text : text.replace("%(n)s", String(n));
}

// Times are those of the schools, wherever the phone thinks it is.
const ZONE = "Asia/Shanghai";
const AT = new Intl.DateTimeFormat("zh-CN", {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZone: ZONE,
});
const ON = new Intl.DateTimeFormat(english ? "en" : "zh-CN", {
  month: "numeric",
  day: "numeric",
  weekday: "short",
  timeZone: ZONE,
});

export function clock(moment: string | number): string {
  return AT.format(new Date(moment));
}

export function day(moment: string): string {
  const then = ON.format(new Date(moment));
  return then === ON.format(new Date()) ? word("today") : then;
}
