// A choice that shows at once, and the print button; both pages work without them.
export function smallHelps(): void {
  document.addEventListener("change", (event) => {
    const chosen = event.target as HTMLElement;
    if (chosen instanceof HTMLSelectElement && chosen.matches("[data-submit]")) chosen.form?.requestSubmit();
  });
  document.addEventListener("click", (event) => {
    if ((event.target as HTMLElement).closest("[data-print]")) window.print();
  });
}

// Keyboard for the desk: / search, ? help.
export function deskKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || (event.target as HTMLElement).closest("input, select, textarea")) return;
    if (event.key === "/") {
      const search = document.querySelector<HTMLInputElement>("input[type=search]");
      if (search) {
        search.focus();
        event.preventDefault();
      }
    }
    if (event.key === "?") document.getElementById("key-help")?.toggleAttribute("hidden");
  });
}
