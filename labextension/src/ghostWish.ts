/** What is asked for at a cursor, and where asking makes no sense. */

import { CodeCell } from '@jupyterlab/cells';
import type { CompletionHandler } from '@jupyterlab/completer';
import { Text } from '@jupyterlab/coreutils';
import { NotebookPanel } from '@jupyterlab/notebook';
import type { Widget } from '@lumino/widgets';
import type { IGhostWish } from './api';

/** Most characters of the cells above; the server takes what its engine can read in time. */
const MOST_ABOVE = 40_000;
/** Cell magics below which there is still Python. */
const OF_PYTHON = /^%%(time|timeit|capture|prun)\b/;
const WORD_BEFORE = /[\p{L}\p{N}_]$/u;
const WORD_AFTER = /^[\p{L}\p{N}_]/u;

/** A place in a code cell, as it was when ghost text was asked for. */
export interface ICursor {
  readonly panel: NotebookPanel;
  readonly cell: CodeCell;
  readonly prefix: string;
  readonly suffix: string;
  /** Call `left` once, when the text or the cursor is not what it was; returns what ends the watch. */
  whenLeft(left: () => void): () => void;
}

/** The cursor of a request; null where it is not in a code cell of a notebook. */
export function cursorIn(widget: Widget, request: CompletionHandler.IRequest): ICursor | null {
  const cell = widget instanceof NotebookPanel ? widget.content.activeCell : null;
  if (!(widget instanceof NotebookPanel) || !(cell instanceof CodeCell)) {
    return null;
  }
  const at = Text.charIndexToJsIndex(request.offset, request.text);
  return {
    panel: widget,
    cell,
    prefix: request.text.slice(0, at),
    suffix: request.text.slice(at),
    whenLeft: left => watch(widget, cell, request.text, at, left)
  };
}

/** Whether the model could know what is wanted there. */
export function isOfUse({ panel, cell, prefix, suffix }: ICursor): boolean {
  const source = prefix + suffix;
  const line = prefix.slice(prefix.lastIndexOf('\n') + 1);
  const isMagic = /^\s*[%!?]/.test(line) || (source.startsWith('%%') && !OF_PYTHON.test(source));
  const isWithinWord = WORD_BEFORE.test(prefix) && WORD_AFTER.test(suffix);
  const isAllEmpty = source.trim() === '' && above(panel, cell).length === 0;
  return !isMagic && !isWithinWord && !isAllEmpty;
}

/** The wish at `cursor`. */
export function wishAt({ panel, cell, prefix, suffix }: ICursor): IGhostWish {
  const language = panel.content.model?.defaultKernelLanguage ?? 'python';
  return { prefix, suffix, cells: above(panel, cell), language };
}

/** The code cells above, oldest first; read from the cursor upwards, and no further than is of use. */
function above(panel: NotebookPanel, cell: CodeCell): string[] {
  const { widgets } = panel.content;
  const sources: string[] = [];
  let left = MOST_ABOVE;
  for (let index = widgets.indexOf(cell) - 1; index >= 0 && left > 0; index--) {
    const model = widgets[index].model;
    const source = model.type === 'code' ? model.sharedModel.getSource() : '';
    left -= source.length;
    if (source.trim() !== '' && left >= 0) {
      sources.push(source);
    }
  }
  return sources.reverse();
}

function watch(panel: NotebookPanel, cell: CodeCell, text: string, at: number, left: () => void): () => void {
  const { sharedModel, selections } = cell.model;
  const check = () => {
    const editor = cell.editor;
    const moved = !editor || editor.getOffsetAt(editor.getCursorPosition()) !== at;
    if (moved || cell.isDisposed || sharedModel.getSource() !== text || panel.content.activeCell !== cell) {
      stop();
      left();
    }
  };
  const stop = () => {
    sharedModel.changed.disconnect(check);
    selections.changed.disconnect(check);
    panel.content.activeCellChanged.disconnect(check);
    cell.disposed.disconnect(check);
  };
  sharedModel.changed.connect(check);
  selections.changed.connect(check);
  panel.content.activeCellChanged.connect(check);
  cell.disposed.connect(check);
  return stop;
}
