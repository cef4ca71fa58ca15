/** Changes to the live document: each is one undo step, done once, and refused when its target changed. */

import type { ISharedNotebook, YDocument } from '@jupyter/ydoc';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { PartialJSONObject } from '@lumino/coreutils';
import type { IInsert, IReplace } from './wire';

/** Why a change was refused: its cell is gone or has another text, or the cell that asked is gone. */
export type Refusal = 'gone' | 'changed' | 'askerGone';

/** What became of a change: the ids of the cells concerned, or why it was refused. */
export type Outcome = { cellIds: string[] } | { why: Refusal };

/** The cells of the notebook that are of that suggestion. */
export function cellsOf(notebook: ISharedNotebook, suggestion: string): string[] {
  return notebook.cells
    .filter(
      cell => (cell.getMetadata('nbcoder') as { suggestion?: string } | undefined)?.suggestion === suggestion
    )
    .map(cell => cell.getId());
}

/** Put the cells of a suggestion below the cell that asked. */
export function insertCells(notebook: ISharedNotebook, request: IInsert): Outcome {
  const known = cellsOf(notebook, request.suggestion);
  if (known.length > 0) {
    // Whoever else has this notebook open was faster: that it is there is all that was wanted.
    return { cellIds: known };
  }
  const index = notebook.cells.findIndex(cell => cell.getId() === request.after);
  if (index < 0) {
    return { why: 'askerGone' };
  }
  const cells = request.cells.map(cell => ({
    cell_type: cell.type,
    source: cell.source,
    metadata: { trusted: false, nbcoder: provenance(request.provenance, cell.source) }
  }));
  oneUndoStep(notebook, () => notebook.insertCells(index + 1, cells));
  return {
    cellIds: notebook.cells.slice(index + 1, index + 1 + cells.length).map(cell => cell.getId())
  };
}

/** Give a cell its mended text, if it still has the text that failed. */
export function replaceSource(notebook: ISharedNotebook, request: IReplace): Outcome {
  const cell = notebook.cells.find(candidate => candidate.getId() === request.cellId);
  if (!cell) {
    return { why: 'gone' };
  }
  if (cellsOf(notebook, request.suggestion).includes(request.cellId) && cell.getSource() === request.source) {
    // As with cells that are inserted: it is there.
    return { cellIds: [request.cellId] };
  }
  if (sourceHash(cell.getSource()) !== request.sourceHash) {
    return { why: 'changed' };
  }
  oneUndoStep(notebook, () =>
    notebook.transact(() => {
      cell.setSource(request.source);
      cell.setMetadata('nbcoder', provenance(request.provenance, request.source));
    })
  );
  return { cellIds: [request.cellId] };
}

/** Whether the cell still has the text of that suggestion, as it was accepted. */
export function canRestore(notebook: ISharedNotebook, cellId: string, suggestion: string): boolean {
  const cell = notebook.cells.find(candidate => candidate.getId() === cellId);
  const noted = cell?.getMetadata('nbcoder') as { suggestion?: string; sourceHash?: string } | undefined;
  return noted?.suggestion === suggestion && noted.sourceHash === sourceHash(cell?.getSource() ?? '');
}

/** Give a cell back the text that a suggestion took the place of. */
export function restoreSource(
  notebook: ISharedNotebook,
  cellId: string,
  suggestion: string,
  source: string
): Outcome {
  const cell = notebook.cells.find(candidate => candidate.getId() === cellId);
  if (!cell || !canRestore(notebook, cellId, suggestion)) {
    return { why: 'changed' };
  }
  oneUndoStep(notebook, () =>
    notebook.transact(() => {
      cell.setSource(source);
      cell.deleteMetadata('nbcoder');
    })
  );
  return { cellIds: [cellId] };
}

/** Put a code cell of the user's own below another one, or at the end where that one is gone. */
export function insertPlain(notebook: ISharedNotebook, after: string, source: string): Outcome {
  const found = notebook.cells.findIndex(cell => cell.getId() === after);
  const index = found < 0 ? notebook.cells.length : found + 1;
  oneUndoStep(notebook, () => notebook.insertCells(index, [{ cell_type: 'code', source }]));
  return { cellIds: notebook.cells.slice(index, index + 1).map(cell => cell.getId()) };
}

/** Names a cell's text, as `nbcoder.notebook.cells.source_hash` does; pages on plain http have no `crypto.subtle`. */
export function sourceHash(source: string): string {
  return bytesToHex(sha256(new TextEncoder().encode(source))).slice(0, 16);
}

/** Yjs joins changes that are less than 500 ms apart: close the undo step before and after ours. */
function oneUndoStep(notebook: ISharedNotebook, change: () => void): void {
  const { undoManager } = notebook as unknown as Pick<YDocument<never>, 'undoManager'>;
  undoManager.stopCapturing();
  change();
  undoManager.stopCapturing();
}

/** Each cell knows its own text as it was accepted. */
function provenance(of: Record<string, unknown>, source: string): PartialJSONObject {
  return { ...(of as PartialJSONObject), sourceHash: sourceHash(source) };
}
