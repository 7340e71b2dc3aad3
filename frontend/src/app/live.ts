// Live parts of a page: when verdicts change, each [data-live] element is fetched anew and swapped by its id.
import htmx from "htmx.org";

const SPREAD = 1000; // milliseconds

export function keepFresh(): void {
  const parts = document.querySelectorAll<HTMLElement>("[data-live][id]");
  if (!parts.length) return;
  const state = document.getElementById("live-state");
  const stream = new EventSource(
    `/live/?since=${document.querySelector<HTMLMetaElement>("meta[name=began]")?.content ?? 0}`,
  );
  let timer = 0;
  stream.addEventListener("open", () => show(state, "on"));
  stream.addEventListener("error", () => show(state, "off"));
  stream.addEventListener("verdicts", () => {
    window.clearTimeout(timer);
    // Not all pages of a district at the same moment.
    timer = window.setTimeout(() => void refresh().then(showBadge), 150 + Math.random() * SPREAD);
  });
  window.addEventListener("pagehide", () => stream.close());
}

function show(state: HTMLElement | null, which: "on" | "off"): void {
  if (!state) return;
  state.dataset["state"] = which;
  state.textContent = state.dataset[which] ?? "";
}

async function refresh(): Promise<void> {
  const response = await fetch(location.href, { headers: { "X-Live": "1" } });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  document.querySelectorAll<HTMLElement>("[data-live][id]").forEach((old) => {
    const next = fresh.getElementById(old.id);
    if (next && next.outerHTML !== old.outerHTML) {
      old.replaceWith(next);
      htmx.process(next);
      next.classList.add("just-changed");
    }
  });
}

function showNumber(mark: string, number: number): void {
  document.querySelectorAll<HTMLElement>(`[${mark}]`).forEach((place) => {
    place.hidden = !number;
    place.textContent = String(number);
  });
}

// The number of matters that wait: beside the first entry of the menu, and on the installed app's
// icon; and of what was said to whoever looks: beside the bell.
export async function showBadge(): Promise<void> {
  if (!document.querySelector("[data-badge]")) return;
  const response = await fetch("/waiting/").catch(() => undefined);
  if (!response?.ok) return;
  const { waiting, came } = (await response.json()) as { waiting: number; came: number };
  showNumber("data-badge", waiting);
  showNumber("data-came", came);
  if ("setAppBadge" in navigator) await navigator.setAppBadge(waiting).catch(() => undefined);
}
