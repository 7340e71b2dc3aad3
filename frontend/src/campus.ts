// The plan of a campus: points are placed on it by a click, and a round is replayed over it.
export function campus(): void {
  document.querySelectorAll<HTMLElement>(".campus .pin").forEach((pin) => put(pin, Number(pin.dataset["x"]), Number(pin.dataset["y"])));
  placePoints();
  replay();
  document.querySelectorAll<HTMLInputElement>("[data-device]").forEach((input) => (input.value = device()));
}

function put(pin: HTMLElement, x: number, y: number): void {
  pin.style.left = `${x * 100}%`;
  pin.style.top = `${y * 100}%`;
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
    pins.forEach((pin) => pin.classList.add("is-later"));
    pins.forEach((pin, i) => window.setTimeout(() => pin.classList.remove("is-later"), (i + 1) * 700));
  });
}
