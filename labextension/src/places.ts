/** Finding the notebook and the cell that something on the page belongs to. */

import type { Cell, CodeCell, ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import type { IOutputModel } from '@jupyterlab/rendermime';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { ANSWER_MIME, type IAnswer } from './wire';

/** Names of our magics; the kernel has the same list. */
const MAGICS = ['generate', 'fix', 'explain', 'document', 'tests', 'refactor'].join('|');

/** Cells that ask us something. */
export const OURS = new RegExp(`^\\s*%%?(${MAGICS})\\b`);

/** Cells that are a wish in words as a whole. */
export const WISH = new RegExp(`^\\s*(%%(?:${MAGICS}))\\b`);

export interface IPlace {
  panel: NotebookPanel;
  cell: Cell;
}

/** The place of a node that is somewhere inside of a cell. */
export function placeOf(tracker: INotebookTracker, node: HTMLElement): IPlace | null {
  const cellNode = node.closest('.jp-Cell');
  const panel = tracker.find(candidate => candidate.node.contains(node));
  const cell = panel?.content.widgets.find(candidate => candidate.node === cellNode);
  return panel && cell ? { panel, cell } : null;
}

/** The cell with that id, if it is still there. */
export function cellById(panel: NotebookPanel, id: string): Cell | undefined {
  return panel.content.widgets.find(cell => cell.model.sharedModel.getId() === id);
}

/** The active cell of the notebook in front. */
export function activePlace(tracker: INotebookTracker): IPlace | null {
  const panel = tracker.currentWidget;
  const cell = panel?.content.activeCell;
  return panel && cell ? { panel, cell } : null;
}

/** Whether there is code of the user's in the cell. */
export function isUsers(cell: Cell): boolean {
  const source = cell.model.sharedModel.getSource();
  return cell.model.type === 'code' && source.trim() !== '' && !OURS.test(source);
}

/** The cell above the active one. */
export function placeAbove(tracker: INotebookTracker): IPlace | null {
  const panel = tracker.currentWidget;
  const cell = panel?.content.widgets[panel.content.activeCellIndex - 1];
  return panel && cell ? { panel, cell } : null;
}

/** Whether the cell's last run raised. */
export function hasFailed(cell: Cell): cell is CodeCell {
  // A cell that asks us has no code that could be mended.
  return isUsers(cell) && outputsOf(cell.model).some(output => output.type === 'error');
}

/** What the outputs of the cell hold of answers, at the positions of the outputs. */
export function answersOf(cell: ICellModel): (IAnswer | undefined)[] {
  return outputsOf(cell).map(output => output.data[ANSWER_MIME] as unknown as IAnswer | undefined);
}

function outputsOf(cell: ICellModel): IOutputModel[] {
  if (cell.type !== 'code') {
    return [];
  }
  const { outputs } = cell as ICodeCellModel;
  return Array.from({ length: outputs.length }, (_, index) => outputs.get(index));
}
