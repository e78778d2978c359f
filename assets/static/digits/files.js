/* Pictures that the digit reader opens: chosen, dropped or pasted. */
(() => {
  "use strict";

  const { button, html, say } = window.course.shared;
  const { prepare } = window.course.prepareDigit;
  const { SIDE, canvasOf } = window.course.paper;

  const LARGEST_FILE = 50e6; // bytes
  const LARGEST_PICTURE = 120e6; // pixels; above this a browser may run out of memory
  const LARGEST_PREPARED = 16e6; // pixels; what is larger is first made smaller, by the browser

  /**
   * Whether a file is an image of a size that can be opened; rejects with "notImage", "tooLarge".
   */
  async function measure(file) {
    if (file.type && !file.type.startsWith("image/")) throw new Error("notImage");
    if (file.size > LARGEST_FILE) throw new Error("tooLarge");
    const image = new Image();
    const address = URL.createObjectURL(file);
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = () => reject(new Error("notImage"));
      image.src = address;
    }).finally(() => URL.revokeObjectURL(address));
    const size = image.naturalWidth * image.naturalHeight;
    if (size > LARGEST_PICTURE) throw new Error("tooLarge");
    if (!size) throw new Error("notImage");
  }

  /** What an image file shows, as a scene: as large as the paper to look at, and prepared. */
  async function pictureOf(file) {
    await measure(file);
    // Refuses a file that was cut short; <img> does not
    const image = await createImageBitmap(file);
    const factor = Math.min(1, Math.sqrt(LARGEST_PREPARED / (image.width * image.height)));
    const width = Math.max(1, Math.floor(image.width * factor));
    const height = Math.max(1, Math.floor(image.height * factor));
    const { brush } = canvasOf(width, height);
    brush.drawImage(image, 0, 0, width, height);
    const pixels = prepare(brush.getImageData(0, 0, width, height).data, width, height);

    const picture = canvasOf(SIDE, SIDE);
    const fit = SIDE / Math.max(image.width, image.height);
    const [w, h] = [image.width * fit, image.height * fit];
    picture.brush.drawImage(image, (SIDE - w) / 2, (SIDE - h) / 2, w, h);
    image.close();
    return { picture, pixels };
  }

  /** Opens files: `show` gets the scene of each, `tell` a sentence for whoever waits. */
  class Opener {
    constructor(words, show, tell) {
      Object.assign(this, { words, show, tell });
      this.ticket = 0; // of the last file: only that one is shown
      const chosen = () => {
        if (chooser.files.length) this.open(chooser.files[0]);
        chooser.value = ""; // so that the same file can be chosen again
      };
      const attributes = { type: "file", accept: "image/*", tabindex: -1, change: chosen };
      const chooser = html("input.visually-hidden", { ...attributes, "aria-label": words.open });
      this.controls = [button(words.open, () => chooser.click()), chooser];
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
