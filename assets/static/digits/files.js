/* Pictures that the digit reader opens: chosen, dropped or pasted. */
(() => {
  "use strict";

  const { say } = window.course.shared;
  const { prepareRows } = window.course.prepareDigit;
  const { headerOf, matrixOf, unturned } = window.course.imageHeader;
  const { SIDE, canvasOf, chooser } = window.course.paper;

  const LARGEST_FILE = 50e6; // bytes
  const LARGEST_PICTURE = 89_478_485; // pixels, as Pillow has it
  const LARGEST_SIDE = 16_000;

  function refuseLarge(width, height) {
    if (width * height > LARGEST_PICTURE || Math.max(width, height) > LARGEST_SIDE)
      throw new Error("tooLarge");
  }

  /** Whether a file of a kind whose header we do not know is an image that can be opened. */
  async function measure(file) {
    const image = new Image();
    const address = URL.createObjectURL(file);
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = () => reject(new Error("notImage"));
      image.src = address;
    }).finally(() => URL.revokeObjectURL(address));
    refuseLarge(image.naturalWidth, image.naturalHeight);
    if (!image.naturalWidth || !image.naturalHeight) throw new Error("notImage");
  }

  /**
   * The picture in an image file as it is stored, and how it has to be turned; rejects with
   * "notImage", "tooLarge".
   */
  async function decode(file) {
    if (file.type && !file.type.startsWith("image/")) throw new Error("notImage");
    if (file.size > LARGEST_FILE) throw new Error("tooLarge");
    const bytes = new Uint8Array(await file.arrayBuffer());
    const header = headerOf(bytes);
    if (header) refuseLarge(header.width, header.height);
    else await measure(file);
    const turn = header?.turn ?? 1;
    const { type } = file;
    const stored = turn > 1 ? new Blob(unturned(bytes, header), { type }) : file;
    return { image: await createImageBitmap(stored), turn };
  }

  /** What an image file shows, as a scene: as large as the paper to look at, and prepared. */
  async function pictureOf(file) {
    const { image, turn } = await decode(file);
    const matrix = matrixOf(turn, image.width, image.height);
    const sides = [image.width, image.height];
    const [width, height] = turn > 4 ? sides.reverse() : sides;
    const rows = (from, to) => {
      const { brush } = canvasOf(width, to - from);
      brush.imageSmoothingEnabled = false;
      brush.translate(0, -from);
      brush.transform(...matrix);
      brush.drawImage(image, 0, 0);
      return brush.getImageData(0, 0, width, to - from).data;
    };
    const prepared = prepareRows({ width, height, rows });

    const picture = canvasOf(SIDE, SIDE);
    const fit = SIDE / Math.max(width, height);
    picture.brush.translate((SIDE - width * fit) / 2, (SIDE - height * fit) / 2);
    picture.brush.scale(fit, fit);
    picture.brush.transform(...matrix);
    picture.brush.drawImage(image, 0, 0);
    image.close();
    return { picture, ...prepared };
  }

  /** Opens files: `show` gets the scene of each, `tell` a sentence for whoever waits. */
  class Opener {
    constructor(words, show, tell) {
      Object.assign(this, { words, show, tell });
      this.ticket = 0; // of the last file: only that one is shown
      this.controls = chooser(words.open, "image/*", (file) => this.open(file));
    }

    /** Take what is dropped on `root`, and what is pasted anywhere on the page. */
    listen(root) {
      root.addEventListener("dragover", (event) => event.preventDefault());
      root.addEventListener("drop", (event) => {
        event.preventDefault();
        const file = event.dataTransfer?.files[0];
        if (file) this.open(file);
        else this.tell(this.words.noImageDropped);
      });
      const typing = "input:not([type=range], [type=file]), textarea, [contenteditable]";
      document.addEventListener("paste", ({ target, clipboardData }) => {
        if (target.closest?.(typing)) return;
        const files = [...(clipboardData?.files ?? [])];
        const image = files.find((file) => file.type.startsWith("image/")) ?? files[0];
        if (image) this.open(image);
        else if (root.contains(document.activeElement)) this.tell(this.words.noImagePasted);
      });
    }

    /** A file that is still being opened comes too late. */
    cancel() {
      this.ticket += 1;
    }

    async open(file) {
      const name = file.name || "?";
      this.ticket += 1;
      const { ticket } = this;
      this.tell(say(this.words.opening, { name }));
      await new Promise((resolve) => setTimeout(resolve)); // shows the line first
      try {
        const scene = await pictureOf(file);
        if (ticket === this.ticket) this.show(scene);
      } catch ({ message }) {
        const { tooLarge, notImage } = this.words;
        if (ticket === this.ticket) {
          this.tell(say(message === "tooLarge" ? tooLarge : notImage, { name }));
        }
      }
    }
  }

  window.course.Opener = Opener;
})();
