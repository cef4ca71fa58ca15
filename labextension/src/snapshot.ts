/** The notebook as the page shows it, small enough to travel with every run. */

import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import type { IOutput } from '@jupyterlab/nbformat';
import { VERSION, type ICellMessage, type ISnapshot } from './wire';

/** Longest text of one output; what is longer tells a small model nothing more. */
const LONGEST_TEXT = 4000;

/** Most characters of all outputs together, spent from the last cell upwards. */
const MOST_OUTPUT = 500_000;

/** Read the models, not the widgets: cells off the screen have no widgets. */
export function snapshot(cells: Iterable<ICellModel>, cellId: string, path: string): ISnapshot {
  const messages = Array.from(cells, cell => message(cell));
  let left = MOST_OUTPUT;
  for (const cell of messages.reverse()) {
    const size = cell.outputs ? JSON.stringify(cell.outputs).length : 0;
    left -= size;
    if (left < 0) {
      delete cell.outputs;
    }
  }
  return { v: VERSION, type: 'snapshot', cellId, path, cells: messages.reverse() };
}

function message(cell: ICellModel): ICellMessage {
  const shared = cell.sharedModel;
  const base: ICellMessage = {
    id: shared.getId(),
    type: cell.type as ICellMessage['type'],
    source: shared.getSource()
  };
  if (cell.type === 'code') {
    const code = cell as ICodeCellModel;
    base.executionCount = code.executionCount;
    base.outputs = Array.from({ length: code.outputs.length }, (_, index) =>
      shorten(code.outputs.get(index).toJSON())
    );
  }
  return base;
}

/** An output without images, long texts cut. */
export function shorten(output: IOutput): Record<string, unknown> {
  const short: Record<string, unknown> = { ...output };
  delete short['metadata'];
  if ('text' in output) {
    short['text'] = cut(output['text']);
  }
  if (output['data'] && typeof output['data'] === 'object') {
    const data: Record<string, unknown> = {};
    for (const [mime, value] of Object.entries(output['data'])) {
      data[mime] = mime === 'text/plain' ? cut(value) : '';
    }
    short['data'] = data;
  }
  if (Array.isArray(output['traceback'])) {
    short['traceback'] = [cut(output['traceback'].join('\n'))];
  }
  return short;
}

function cut(text: unknown): string {
  const whole = Array.isArray(text) ? text.join('') : typeof text === 'string' ? text : '';
  return whole.slice(0, LONGEST_TEXT);
}
