// A photo is shrunk before it is kept: a phone's twelve million pixels prove no more than two.
const LONGEST = 1600;

export async function shrunk(file: File): Promise<Blob> {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const made = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.82));
    return made ?? file;
  } catch {
    return file; // a format this browser cannot open is sent as it is; the server judges it
  }
}
