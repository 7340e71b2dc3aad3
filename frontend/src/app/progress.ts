// Long work says how far it is: a form with data-progress asks that address until its answer comes.
interface Far {
  what?: string;
  done?: number;
  of?: number;
}

const PAUSE = 400; // milliseconds between two questions

export function showProgress(): void {
  document.querySelectorAll<HTMLFormElement>("form[data-progress]").forEach((form) => {
    form.addEventListener("submit", () => follow(form));
  });
}

function follow(form: HTMLFormElement): void {
  const box = form.querySelector<HTMLElement>("[data-far]");
  const bar = box?.querySelector("progress");
  const words = box?.querySelector<HTMLElement>("[data-words]");
  if (!box || !bar || !words) return;
  box.hidden = false;
  const timer = window.setInterval(async () => {
    const answer = await fetch(form.dataset["progress"]!).catch(() => null);
    if (!answer?.ok) return;
    const far = (await answer.json()) as Far;
    if (!far.what) return;
    if (far.of) {
      bar.max = far.of;
      bar.value = far.done ?? 0;
    }
    words.textContent = `${far.what} · ${(far.done ?? 0).toLocaleString()}${far.of ? ` / ${far.of.toLocaleString()}` : ""}`;
  }, PAUSE);
  window.addEventListener("pagehide", () => window.clearInterval(timer));
}
