/** The place below a cell where something asked about it is shown. */

import type { Cell } from '@jupyterlab/cells';
import type { PanelLayout } from '@lumino/widgets';
import type { IRun } from './runs';
import { SuggestionWidget, type ISuggestionTools } from './suggestion';

/** A suggestion below the cell; its Stop interrupts the kernel of the run. */
export function suggestionBelow(cell: Cell, run: IRun, tools: ISuggestionTools): SuggestionWidget {
  const widget = new SuggestionWidget(tools, () => {
    void run.panel.sessionContext.session?.kernel?.interrupt();
  });
  widget.addClass('nbc-below');
  moveBelow(cell, widget);
  return widget;
}

export function moveBelow(cell: Cell, widget: SuggestionWidget): void {
  (cell.layout as PanelLayout).addWidget(widget);
}
