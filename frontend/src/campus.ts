// The plan of a campus: points are placed on it by a click, and a round is replayed over it.
export function campus(): void {
  document.querySelectorAll<HTMLElement>(".campus .pin").forEach((pin) => put(pin, Number(pin.dataset["x"]), Number(pin.dataset["y"])));
  document.querySelectorAll<HTMLElement>("figure.campus").forEach(drawWays);
  placePoints();
  replay();
  document.querySelectorAll<HTMLInputElement>("[data-device]").forEach((input) => (input.value = device()));
}

function put(pin: HTMLElement, x: number, y: number): void {
  pin.style.left = `${x * 100}%`;
  pin.style.top = `${y * 100}%`;
}

// The way from point to point: a route in its order, a round in the order it was walked; where one climbs, dashed.
function drawWays(figure: HTMLElement): void {
  const ways = new Map<string, HTMLElement[]>();
  for (const pin of figure.querySelectorAll<HTMLElement>(".pin[data-route]")) {
    if ("replay" in figure.dataset && !pin.dataset["at"]) continue;
    const route = pin.dataset["route"] ?? "";
    ways.set(route, [...(ways.get(route) ?? []), pin]);
  }
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 1 1");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  for (const pins of ways.values()) {
    if ("replay" in figure.dataset) pins.sort((a, b) => Number(a.dataset["at"]) - Number(b.dataset["at"]));
    pins.slice(1).forEach((pin, i) => {
      const from = pins[i]!;
      const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
      for (const [name, value] of [["x1", from.dataset["x"]], ["y1", from.dataset["y"]], ["x2", pin.dataset["x"]], ["y2", pin.dataset["y"]]] as const) line.setAttribute(name, value ?? "0");
      if ("stairs" in pin.dataset) line.classList.add("is-stairs");
      pin.dataset["line"] = String(svg.childElementCount);
      svg.append(line);
    });
  }
  if (svg.childElementCount) figure.querySelector("img")?.after(svg);
}

function device(): string {
  const name = localStorage.getItem("device") ?? crypto.randomUUID();
  localStorage.setItem("device", name);
  return name;
}

function placePoints(): void {
  const picture = document.querySelector<HTMLElement>("[data-place-points]");
  if (!picture) return;
  let chosen: HTMLFormElement | null = null;
  document.querySelectorAll<HTMLButtonElement>("[data-choose-point]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      chosen = button.closest("form");
      picture.classList.add("is-placing");
      picture.scrollIntoView({ block: "center" });
    });
  });
  picture.addEventListener("click", (event) => {
    if (!chosen) return;
    const frame = picture.querySelector("img")?.getBoundingClientRect();
    if (!frame) return;
    const at = [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height];
    for (const [name, share] of [["x", at[0]], ["y", at[1]]] as const) {
      const input = chosen.querySelector<HTMLInputElement>(`input[name=${name}]`);
      if (input) input.value = Math.min(1, Math.max(0, share ?? 0)).toFixed(4);
    }
    chosen.requestSubmit();
  });
}

function replay(): void {
  const start = document.querySelector<HTMLButtonElement>("[data-replay-start]");
  const pins = Array.from(document.querySelectorAll<HTMLElement>("[data-replay] .pin[data-at]")).sort((a, b) => Number(a.dataset["at"]) - Number(b.dataset["at"]));
  if (!start || pins.length < 2) return;
  start.hidden = false;
  start.addEventListener("click", () => {
    const lines = document.querySelectorAll<SVGLineElement>("[data-replay] svg line");
    const later = (pin: HTMLElement, yes: boolean): void => {
      pin.classList.toggle("is-later", yes);
      lines[Number(pin.dataset["line"] ?? -1)]?.classList.toggle("is-later", yes);
    };
    pins.forEach((pin) => later(pin, true));
    pins.forEach((pin, i) => window.setTimeout(() => later(pin, false), (i + 1) * 700));
  });
}
