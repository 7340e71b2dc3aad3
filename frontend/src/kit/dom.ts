// Builds elements; text is always text.
type Child = Node | string | false | null | undefined;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Record<string, unknown> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on") && typeof value === "function")
      made.addEventListener(name.slice(2), value as EventListener);
    else if (name === "class") made.className = String(value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null)
      made.setAttribute(name, String(value));
  }
  made.append(
    ...children.filter((c): c is Node | string => c !== false && c !== null && c !== undefined),
  );
  return made;
}

export const button = (text: string, act: () => void, kind = ""): HTMLButtonElement =>
  h("button", { type: "button", class: kind, onclick: once(act) }, text);

// What is still being done is not begun again, however long it takes and whatever is tapped meanwhile.
export function alone<T extends unknown[]>(
  act: (...given: T) => Promise<void>,
): (...given: T) => Promise<void> {
  let busy = false;
  return async (...given) => {
    if (busy) return;
    busy = true;
    try {
      await act(...given);
    } finally {
      busy = false;
    }
  };
}

// A second click within a moment is the same click.
function once(act: () => void): () => void {
  let last = 0;
  return () => {
    if (Date.now() - last < 700) return;
    last = Date.now();
    act();
  };
}
