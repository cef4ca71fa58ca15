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
  let left = MOST_OUTPUT;
  const upwards = Array.from(cells)
    .reverse()
    .map(cell => {
      // What would not travel is not even read: there may be many megabytes of it.
      const outputs = left > 0 ? outputsOf(cell) : undefined;
      left -= outputs ? JSON.stringify(outputs).length : 0;
      return message(cell, left >= 0 ? outputs : undefined);
    });
  return { v: VERSION, type: 'snapshot', cellId, path, cells: upwards.reverse() };
}

function message(cell: ICellModel, outputs: Record<string, unknown>[] | undefined): ICellMessage {
  const shared = cell.sharedModel;
  return {
    id: shared.getId(),
    type: cell.type as ICellMessage['type'],
    source: shared.getSource(),
    ...(cell.type === 'code' ? { executionCount: (cell as ICodeCellModel).executionCount } : {}),
    ...(outputs ? { outputs } : {})
  };
}

function outputsOf(cell: ICellModel): Record<string, unknown>[] | undefined {
  if (cell.type !== 'code') {
    return undefined;
  }
  const { outputs } = cell as ICodeCellModel;
  return Array.from({ length: outputs.length }, (_, index) => shorten(outputs.get(index).toJSON()));
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
