/** What the code gave in the copy of the kernel, without the notebook's own renderers. */

import { element } from '../dom';

const IMAGES = ['image/png', 'image/jpeg', 'image/svg+xml'];

/** A page of its own for a table: no script runs in it, and nothing is fetched for it. */
const PAGE = `<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<style>body{font:13px sans-serif;margin:0;overflow:auto hidden}
table{border-collapse:collapse}table,td,th{border:0}thead{border-bottom:1px solid}
td,th{padding:2px 8px;text-align:right}tbody tr:nth-child(odd){background:#8882}</style>`;

const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

type Output = Record<string, unknown>;

/** One element for each output that can be shown. */
export function outputsOf(outputs: readonly Output[]): HTMLElement[] {
  return outputs.map(shown).filter(made => made !== null);
}

function shown(output: Output): HTMLElement | null {
  switch (output['output_type']) {
    case 'stream':
      return plain(textOf(output['text']));
    case 'error':
      return plain(lines(output['traceback']).join('\n').replace(ESCAPES, ''));
    default:
      return bundle((output['data'] ?? {}) as Output);
  }
}

function bundle(data: Output): HTMLElement | null {
  const image = IMAGES.find(type => type in data);
  if (image) {
    return picture(image, textOf(data[image]));
  }
  if ('text/html' in data) {
    return page(textOf(data['text/html']));
  }
  return 'text/plain' in data ? plain(textOf(data['text/plain'])) : null;
}

function picture(type: string, data: string): HTMLElement {
  const made = element('img', 'nbc-image');
  const isText = type === 'image/svg+xml';
  made.src = isText ? `data:${type},${encodeURIComponent(data)}` : `data:${type};base64,${data}`;
  made.alt = 'Figure';
  return made;
}

function page(html: string): HTMLElement {
  const made = element('iframe', 'nbc-page');
  // Same origin only so that its height can be read: without allow-scripts nothing in it acts.
  made.setAttribute('sandbox', 'allow-same-origin');
  made.title = 'Table';
  made.srcdoc = PAGE + html;
  made.addEventListener('load', () => {
    const inside = made.contentDocument?.body;
    if (inside) {
      inside.style.color = getComputedStyle(made).color;
      made.style.height = `${inside.offsetHeight + 2}px`;
    }
  });
  return made;
}

function plain(text: string): HTMLElement {
  return element('pre', 'nbc-text', text);
}

function lines(text: unknown): string[] {
  return (Array.isArray(text) ? text : [text]).map(line => (typeof line === 'string' ? line : ''));
}

function textOf(text: unknown): string {
  return lines(text).join('');
}
