// The plan of a campus: points are placed on it by a click, and a round is replayed over it.
export function campus(): void {
  document
    .querySelectorAll<HTMLElement>(".campus .pin")
    .forEach((pin) => put(pin, Number(pin.dataset["x"]), Number(pin.dataset["y"])));
  document.querySelectorAll<HTMLElement>("figure.campus").forEach(drawWays);
  placePoints();
  replay();
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
  const svg = drawing();
  for (const pins of ways.values()) {
    if ("replay" in figure.dataset)
      pins.sort((a, b) => Number(a.dataset["at"]) - Number(b.dataset["at"]));
    pins.slice(1).forEach((pin, i) => {
      const line = way([at(pins[i]!), ...between(pins[i]!, pin), at(pin)]);
      if ("stairs" in pin.dataset) line.classList.add("is-stairs");
      pin.dataset["line"] = String(svg.childElementCount);
      svg.append(line);
    });
  }
  if (svg.childElementCount) figure.querySelector("img")?.after(svg);
}

const at = (pin: HTMLElement): string => `${pin.dataset["x"]},${pin.dataset["y"]}`;

// The corners between two points that follow each other on the route, walked either way; elsewhere nobody drew any.
function between(from: HTMLElement, to: HTMLElement): string[] {
  const step = Number(to.dataset["order"]) - Number(from.dataset["order"]);
  const corners = (pin: HTMLElement): string[] =>
    (pin.dataset["bends"] ?? "").split(" ").filter(Boolean);
  return step === 1 ? corners(to) : step === -1 ? corners(from).reverse() : [];
}

function drawing(): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 1 1");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  return svg;
}

function way(points: string[]): SVGPolylineElement {
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  line.setAttribute("points", points.join(" "));
  return line;
}

// Where a click on the picture is, from 0 to 1.
function clicked(picture: HTMLElement, event: MouseEvent): [string, string] | null {
  const frame = picture.querySelector("img")?.getBoundingClientRect();
  if (!frame) return null;
  const share = (n: number): string => Math.min(1, Math.max(0, n)).toFixed(4);
  return [
    share((event.clientX - frame.left) / frame.width),
    share((event.clientY - frame.top) / frame.height),
  ];
}

function placePoints(): void {
  const picture = document.querySelector<HTMLElement>("[data-place-points]");
  if (!picture) return;
  let take: ((x: string, y: string) => void) | null = null;
  const aim = (next: (x: string, y: string) => void): void => {
    take = next;
    picture.classList.add("is-placing");
    picture.scrollIntoView({ block: "center" });
  };
  picture.addEventListener("click", (event) => {
    const found = clicked(picture, event);
    if (found) take?.(...found);
  });
  const fill = (form: HTMLFormElement, name: string, value: string): void => {
    const input = form.querySelector<HTMLInputElement>(`input[name=${name}]`);
    if (input) input.value = value;
  };
  document.querySelectorAll<HTMLButtonElement>("[data-choose-point]").forEach((button) => {
    const form = button.closest("form")!;
    button.hidden = false;
    button.addEventListener("click", () =>
      aim((x, y) => {
        fill(form, "x", x);
        fill(form, "y", y);
        form.requestSubmit();
      }),
    );
  });
  const bar = document.querySelector<HTMLElement>("[data-drawing]");
  const done = bar?.querySelector<HTMLButtonElement>("[data-way-done]");
  const back = bar?.querySelector<HTMLButtonElement>("[data-way-back]");
  if (!bar || !done || !back) return;
  document.querySelectorAll<HTMLButtonElement>("[data-draw-way]").forEach((button) => {
    const form = button.closest("form")!;
    const pin = picture.querySelector<HTMLElement>(`[data-pin="${form.dataset["point"]}"]`);
    const from = picture.querySelector<HTMLElement>(
      `[data-route="${pin?.dataset["route"]}"][data-order="${Number(pin?.dataset["order"]) - 1}"]`,
    );
    button.hidden = false;
    button.addEventListener("click", () => {
      const corners: string[] = [];
      const shown = drawing();
      const show = (): void => {
        fill(form, "bends", corners.join(" "));
        shown.replaceChildren(
          way([...(from ? [at(from)] : []), ...corners, ...(pin ? [at(pin)] : [])]),
        );
      };
      picture.querySelector(".is-drawn")?.remove();
      shown.classList.add("is-drawn");
      picture.querySelector("img")?.after(shown);
      bar.hidden = false;
      done.onclick = () => form.requestSubmit();
      back.onclick = () => {
        corners.pop();
        show();
      };
      show();
      aim((x, y) => {
        corners.push(`${x},${y}`);
        show();
      });
    });
  });
}

function replay(): void {
  const start = document.querySelector<HTMLButtonElement>("[data-replay-start]");
  const pins = Array.from(
    document.querySelectorAll<HTMLElement>("[data-replay] .pin[data-at]"),
  ).sort((a, b) => Number(a.dataset["at"]) - Number(b.dataset["at"]));
  if (!start || pins.length < 2) return;
  start.hidden = false;
  start.addEventListener("click", () => {
    const lines = document.querySelectorAll<SVGPolylineElement>("[data-replay] svg polyline");
    const later = (pin: HTMLElement, yes: boolean): void => {
      pin.classList.toggle("is-later", yes);
      lines[Number(pin.dataset["line"] ?? -1)]?.classList.toggle("is-later", yes);
    };
    pins.forEach((pin) => later(pin, true));
    pins.forEach((pin, i) => window.setTimeout(() => later(pin, false), (i + 1) * 700));
  });
}
