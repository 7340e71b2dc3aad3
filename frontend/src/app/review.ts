// Plan review: document and duties linked both ways, by click and by keyboard (j k a d e s m u).
export function reviewPlan(): void {
  const root = document.getElementById("review");
  if (!root) return;
  const duties = (): HTMLElement[] => Array.from(root.querySelectorAll<HTMLElement>(".duty"));
  const text = document.getElementById("plan-text");

  function choose(duty: HTMLElement | undefined, scrollText = true): void {
    if (!duty) return;
    root!.querySelectorAll(".chosen").forEach((e) => e.classList.remove("chosen"));
    duty.classList.add("chosen");
    within(duty.closest<HTMLElement>(".pane"), duty);
    const marks = text?.querySelectorAll<HTMLElement>(`mark[data-duties~="${duty.dataset["id"]}"]`);
    marks?.forEach((m) => m.classList.add("chosen"));
    if (scrollText && marks?.[0]) within(marks[0].closest<HTMLElement>(".pane"), marks[0]);
    history.replaceState(null, "", `#duty-${duty.dataset["id"]}`);
  }

  root.addEventListener("click", (event) => {
    const target = event.target as HTMLElement;
    const mark = target.closest<HTMLElement>("mark[data-duties]");
    if (mark) {
      const ids = (mark.dataset["duties"] ?? "").split(" ");
      const current = root.querySelector<HTMLElement>(".duty.chosen")?.dataset["id"] ?? "";
      const next = ids[(ids.indexOf(current) + 1) % ids.length];
      choose(document.getElementById(`duty-${next}`) ?? undefined, false);
      return;
    }
    const duty = target.closest<HTMLElement>(".duty");
    if (duty && !target.closest("button, a, input, select, summary, form")) choose(duty);
  });

  // A form that opens is in view, with the focus in it; the first time it comes from the server.
  root.addEventListener("toggle", (event) => showForm(event.target as Element), true);

  // Merging takes the duty that is shown next.
  root.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const other = form.elements.namedItem("other") as HTMLInputElement | null;
    if (!other) return;
    const all = duties();
    const next = all[all.findIndex((d) => d.contains(form)) + 1];
    if (next) other.value = next.dataset["id"] ?? "";
    else event.preventDefault();
  });

  const keys: Record<string, string> = {
    a: "accept",
    d: "drop",
    m: "merge",
    s: "split",
    u: "reopen",
  };
  document.addEventListener("keydown", (event) => {
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      (event.target as HTMLElement).closest("input, select, textarea")
    )
      return;
    const all = duties();
    const at = all.findIndex((d) => d.classList.contains("chosen"));
    const current = all[at];
    if (event.key === "j") choose(all[Math.min(at + 1, all.length - 1)]);
    else if (event.key === "k") choose(all[Math.max(at - 1, 0)]);
    else if (event.key === "e") current?.querySelector<HTMLElement>("summary")?.click();
    else if (keys[event.key]) {
      current?.querySelector<HTMLButtonElement>(`button[data-do=${keys[event.key]}]`)?.click();
      if (event.key === "a" || event.key === "d") choose(all[at + 1]);
    } else return;
    event.preventDefault();
  });

  // A fresh copy of a duty keeps the choice.
  document.body.addEventListener("htmx:afterSwap", (event) => {
    showForm((event.target as Element).closest("details"));
    const id = location.hash.slice(1);
    const duty = id ? document.getElementById(id) : null;
    if (duty) duty.classList.add("chosen");
  });

  // Selected words become the span of a duty to add.
  const form = document.getElementById("add-duty") as HTMLFormElement | null;
  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    if (
      !form ||
      !text ||
      !selection ||
      selection.isCollapsed ||
      !text.contains(selection.anchorNode)
    )
      return;
    const range = selection.getRangeAt(0);
    const before = range.cloneRange();
    before.selectNodeContents(text);
    before.setEnd(range.startContainer, range.startOffset);
    // Python counts code points, JavaScript counts UTF-16 units.
    const start = Array.from(before.toString()).length;
    const length = Array.from(range.toString()).length;
    (form.elements.namedItem("start") as HTMLInputElement).value = String(start);
    (form.elements.namedItem("end") as HTMLInputElement).value = String(start + length);
    form.querySelector("button")!.disabled = length < 4;
  });

  const first = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  choose(first ?? duties()[0], !!first);
}

function showForm(form: Element | null): void {
  if (!(form instanceof HTMLDetailsElement) || !form.open) return;
  within(form.closest<HTMLElement>(".pane"), form);
  form.querySelector<HTMLElement>("input:not([type=hidden]), select")?.focus();
}

// Scroll a pane so that an element stands in its upper third; the page itself stays where it is.
function within(pane: HTMLElement | null, element: HTMLElement): void {
  if (!pane) return;
  const offset = element.getBoundingClientRect().top - pane.getBoundingClientRect().top;
  if (offset < 0 || offset > pane.clientHeight - 80)
    pane.scrollTop += offset - pane.clientHeight / 3;
}
