/**
 * Script for a browser that answers with every text whose contrast against what is behind it is under 4.5 to 1
 * (WCAG 2.2, criterion 1.4.3). A string, since it never runs in Node.
 */
export const FIND_POOR_CONTRAST = `(() => {
  const channels = (color) => (color.match(/[\\d.]+/g) || []).map(Number);
  const luminance = (color) => {
    const [red, green, blue] = channels(color).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    if (element === null) return 'rgb(255, 255, 255)';
    const { backgroundColor } = getComputedStyle(element);
    return channels(backgroundColor)[3] === 0 ? behind(element.parentElement) : backgroundColor;
  };
  const poor = [];
  for (const element of document.querySelectorAll('body *')) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
    if (!text || element.closest('svg, script') !== null) continue;
    const front = luminance(getComputedStyle(element).color);
    const back = luminance(behind(element));
    const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (!(contrast >= 4.5)) poor.push(element.tagName + ' ' + element.textContent.slice(0, 40) + ': ' + contrast);
  }
  return poor;
})()`;
