// The photos of one record, and the field that takes them.
import { h } from "./dom";
import { shrunk } from "./photos";
import { word } from "./words";

const MOST_PHOTOS = 6;

// The photos of one record; saving waits until those just taken are small.
export class Photos {
  taken: Blob[];
  ready: Promise<void> = Promise.resolve();
  busy = 0;

  constructor(taken: Blob[] = []) {
    this.taken = taken;
  }

  // Adds one after the other; `refused` hears why one is not added.
  add(files: File[], refused: (why: string) => void, added: (small: Blob) => void): void {
    this.busy += files.length;
    this.ready = this.ready.then(async () => {
      for (const file of files) {
        const small = this.taken.length < MOST_PHOTOS ? await shrunk(file) : undefined;
        this.busy--;
        if (!small) refused(word(this.taken.length < MOST_PHOTOS ? "photo_bad" : "photo_many"));
        else {
          this.taken.push(small);
          added(small);
        }
      }
    });
  }
}

export function photoField(photos: Photos, required = false): HTMLElement {
  const shown = h("div", { class: "previews" });
  const input = h("input", {
    type: "file",
    accept: "image/*",
    capture: "environment",
    multiple: true,
    class: "hidden-file",
  });
  const count = h("span", {});
  const message = h("p", { role: "alert", class: "warn" });
  const added = (small: Blob): void => {
    const image = h("img", { alt: "" });
    image.src = URL.createObjectURL(small);
    shown.append(image);
    count.textContent = word("photo_added", photos.taken.length);
  };
  photos.taken.forEach(added);
  input.addEventListener("change", () => {
    message.textContent = "";
    photos.add(Array.from(input.files ?? []), (why) => (message.textContent = why), added);
    input.value = "";
  });
  return h(
    "div",
    {},
    h("label", { class: "big plain file" }, word("photo"), required && " *", " ", count, input),
    message,
    shown,
  );
}
