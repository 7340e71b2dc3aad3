// Dragging a name onto another on the roster: the two change places. The server checks and says; by keyboard it is the shift's own page.
export function roster(): void {
  const form = document.querySelector<HTMLFormElement>("#exchange");
  if (!form) return;
  const shift = (event: Event): HTMLElement | null =>
    (event.target as HTMLElement).closest?.<HTMLElement>("[data-shift]") ?? null;
  document.addEventListener("dragstart", (event) => {
    const from = shift(event);
    if (from) event.dataTransfer?.setData("text/x-shift", from.dataset["shift"] ?? "");
  });
  document.addEventListener("dragover", (event) => {
    const over = shift(event);
    document.querySelectorAll(".is-over").forEach((e) => e.classList.remove("is-over"));
    if (!over || !event.dataTransfer?.types.includes("text/x-shift")) return;
    event.preventDefault();
    over.classList.add("is-over");
  });
  document.addEventListener("drop", (event) => {
    const onto = shift(event);
    const from = event.dataTransfer?.getData("text/x-shift");
    const other = form.querySelector<HTMLInputElement>("input[name=other]");
    if (!onto || !from || !other || from === onto.dataset["shift"]) return;
    event.preventDefault();
    form.action = onto.dataset["exchange"] ?? "";
    other.value = from;
    form.requestSubmit();
  });
}
