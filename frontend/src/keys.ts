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
