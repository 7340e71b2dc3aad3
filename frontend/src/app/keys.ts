// A choice that shows at once, ticking all, what an address names, and the print button; pages work
// without them.
export function smallHelps(): void {
  document.addEventListener("change", (event) => {
    const chosen = event.target as HTMLElement;
    if (chosen instanceof HTMLSelectElement && chosen.matches("[data-submit]"))
      chosen.form?.requestSubmit();
  });
  document.addEventListener("click", (event) => {
    const clicked = event.target as HTMLElement;
    if (clicked.closest("[data-print]")) window.print();
    const all = clicked.closest("[data-tick-all]");
    const boxes = all?.closest("form")?.querySelectorAll<HTMLInputElement>("[type=checkbox]");
    const ticked = Array.from(boxes ?? []).every((box) => box.checked);
    boxes?.forEach((box) => (box.checked = !ticked));
  });
  // A wide table opens at today.
  const today = document.querySelector<HTMLElement>("[data-now]");
  const pane = today?.closest<HTMLElement>(".table-responsive");
  if (today && pane) pane.scrollLeft = today.offsetLeft - pane.clientWidth + today.offsetWidth + 90;
  // An address that names a folded part opens it.
  const named = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  const folded = named?.closest("details");
  if (folded && named) {
    folded.open = true;
    named.scrollIntoView();
  }
}

// Keyboard for the desk: / search, ? help.
export function deskKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      (event.target as HTMLElement).closest("input, select, textarea")
    )
      return;
    if (event.key === "/") {
      const search = document.querySelector<HTMLInputElement>("[data-everywhere]");
      if (search) {
        search.focus();
        event.preventDefault();
      }
    }
    if (event.key === "?") document.getElementById("key-help")?.toggleAttribute("hidden");
  });
}
