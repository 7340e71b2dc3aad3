// A photo is shrunk before it is kept: a phone's twelve million pixels prove no more than two.
const LONGEST = 1600;
const MOST_BYTES = 8 * 1024 * 1024; // what the server takes of one file

// The photo made small; nothing where it is empty, or neither this browser can open it nor the server would take it.
export async function shrunk(file: File): Promise<Blob | undefined> {
  if (!file.size) return undefined;
  try {
    const picture = await opened(file);
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    if (picture instanceof ImageBitmap) picture.close();
    const made = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.82));
    if (made?.size) return made;
  } catch {
    // A format this browser cannot open is sent as it is; the server judges it.
  }
  return file.size <= MOST_BYTES ? file : undefined;
}

// Some phones cannot decode their own largest photos at once, but can as an element of a page.
async function opened(file: File): Promise<ImageBitmap | HTMLImageElement> {
  try {
    return await createImageBitmap(file);
  } catch {
    const image = new Image();
    image.src = URL.createObjectURL(file);
    try {
      await image.decode();
      return image;
    } finally {
      URL.revokeObjectURL(image.src);
    }
  }
}
