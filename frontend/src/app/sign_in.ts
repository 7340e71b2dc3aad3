import { device, metresFrom, tellWhose } from "../shared/phone";

// The pages say whose this phone is; the sign-in page, that nobody is here.
export function sayWhose(): void {
  const person = document.querySelector<HTMLMetaElement>("meta[name=person]")?.content;
  if (person) tellWhose(Number(person));
  else if (location.pathname.startsWith("/sign-in/")) tellWhose(null);
}

// Signing in on a page says by which phone, and how far that is from the place, where somebody said where the place is.
export function signIn(): void {
  document
    .querySelectorAll<HTMLInputElement>("[data-device]")
    .forEach((input) => (input.value = device()));
  document.querySelectorAll<HTMLFormElement>("form[data-where]").forEach((form) => {
    const [latitude, longitude] = (form.dataset["where"] ?? "").split(",").map(Number);
    if (latitude === undefined || longitude === undefined) return;
    form.addEventListener("submit", (event) => {
      const metres = form.elements.namedItem("metres");
      if (!(metres instanceof HTMLInputElement) || form.dataset["measured"]) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      form.dataset["measured"] = "yes";
      void metresFrom([latitude, longitude]).then((far) => {
        metres.value = far === undefined ? "" : String(far);
        form.requestSubmit();
      });
    });
  });
}
