// A photo as it is sent: at most 1600 pixels a side, so that it gets through a bad signal.
const LONGEST_SIDE = 1600;

function drawn(picture, width, height) {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
}

// The smaller picture; an old phone that cannot make one sends the photo as it is.
export async function smaller(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const made = await drawn(picture, picture.width, picture.height);
    picture.close();
    return made && (made.size < file.size || file.type !== "image/jpeg") ? made : file;
  } catch (error) {
    return file;
  }
}
