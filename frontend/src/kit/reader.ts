import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import wasm from "zxing-wasm/reader/zxing_reader.wasm?url";

prepareZXingModule({ overrides: { locateFile: () => wasm } });

export async function warm(): Promise<void> {
  await fetch(wasm);
}

export async function read(picture: ImageData): Promise<string | undefined> {
  const found = await readBarcodes(picture, {
    formats: ["QRCode"],
    tryHarder: false,
    maxNumberOfSymbols: 1,
  });
  return found.find((f) => f.isValid)?.text;
}
