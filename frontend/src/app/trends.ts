// The charts of a page, where it has any; what draws them is fetched only then.
import type { Drawn } from "./charts";

export async function charts(): Promise<void> {
  const places = [...document.querySelectorAll<HTMLElement>("[data-chart]")];
  const told = document.getElementById("trends-chart")?.textContent;
  if (!places.length || !told) return;
  const all = JSON.parse(told) as Record<string, Drawn>;
  const { draw } = await import("./charts");
  for (const place of places) {
    const drawn = all[place.dataset["chart"] ?? ""];
    const heads = place.parentElement?.querySelectorAll("th");
    const words = { now: heads?.[1]?.textContent ?? "", before: heads?.[2]?.textContent ?? "" };
    if (drawn?.labels.length) draw(place, drawn, words);
  }
}
