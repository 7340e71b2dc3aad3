// Recording: a second click sends nothing, photos are shrunk before they are sent, a long list can be searched.
const LONGEST_SIDE = 1600;

export function guardForms(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.method !== "post" || form.dataset["sent"]) {
      if (form.dataset["sent"]) event.preventDefault();
      return;
    }
    form.dataset["sent"] = "1";
    form
      .querySelectorAll<HTMLButtonElement>("button[type=submit]")
      .forEach((b) => b.setAttribute("aria-busy", "true"));
    // A form that downloads a file leaves its page where it is: after a while it can be sent again.
    window.setTimeout(() => release(form), 4000);
  });
  // Coming back by the back button must find a form that can be sent.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll<HTMLFormElement>("form[data-sent]").forEach(release);
  });
}

function release(form: HTMLFormElement): void {
  delete form.dataset["sent"];
  form.querySelectorAll("[aria-busy]").forEach((b) => b.removeAttribute("aria-busy"));
}

export function shrinkPhotos(): void {
  document.querySelectorAll<HTMLInputElement>("input[type=file][data-photo]").forEach((input) => {
    input.addEventListener("change", async () => {
      const shrunk = new DataTransfer();
      for (const file of Array.from(input.files ?? [])) shrunk.items.add(await shrink(file));
      input.files = shrunk.files;
      preview(input);
    });
  });
}

async function shrink(file: File): Promise<File> {
  if (!file.type.startsWith("image/")) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.82));
    return blob && blob.size < file.size
      ? new File([blob], file.name.replace(/\.\w+$/, ".jpg"), { type: "image/jpeg" })
      : file;
  } catch {
    return file; // a format this browser cannot open is sent as it is; the server judges it
  }
}

function preview(input: HTMLInputElement): void {
  const shown = document.getElementById(`${input.id}-preview`);
  if (!shown) return;
  shown.replaceChildren(
    ...Array.from(input.files ?? []).map((file) => {
      const image = document.createElement("img");
      image.src = URL.createObjectURL(file);
      image.alt = file.name;
      return image;
    }),
  );
}

export function searchList(): void {
  document.querySelectorAll<HTMLInputElement>("input[data-filters]").forEach((input) => {
    const list = document.getElementById(input.dataset["filters"] ?? "");
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      list?.querySelectorAll<HTMLElement>("[data-words]").forEach((row) => {
        row.hidden = !!wanted && !(row.dataset["words"] ?? "").toLowerCase().includes(wanted);
      });
    });
  });
}
