/** An explanation: rendered as the notebook renders its markdown, and an editor on request. */

import { MimeModel, type IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { cellsView, type ICodeTools, type ICodeView, type IEditorEvents } from './code';
import { element } from './dom';
import type { IAlternative } from './wire';

const MARKDOWN = 'text/markdown';

/** What an explanation needs beside what code needs. */
export interface IProseTools extends ICodeTools {
  rendermime: IRenderMimeRegistry;
}

/** Words that are still coming. */
export async function comingProse(text: string, { rendermime }: IProseTools): Promise<HTMLElement> {
  const renderer = rendermime.createRenderer(MARKDOWN);
  // Nobody has approved this text yet.
  await renderer.renderModel(new MimeModel({ data: { [MARKDOWN]: text }, trusted: false }));
  renderer.addClass('nbc-prose');
  return renderer.node;
}

/** The words of an answer. */
export async function proseView(
  answer: IAlternative,
  events: IEditorEvents,
  tools: IProseTools
): Promise<ICodeView> {
  const source = answer.cells.map(cell => cell.source).join('\n\n');
  const node = element('div', '', await comingProse(source, tools));
  let editor: ICodeView | undefined;
  const edit = async (isWriting: boolean) => {
    editor ??= await cellsView(answer, { showsConfidence: false }, events, tools);
    node.replaceChildren(editor.node);
    editor.edit(isWriting);
  };
  return {
    node,
    cells: () => editor?.cells() ?? answer.cells,
    edit: isWriting => void edit(isWriting),
    measure: () => editor?.measure(),
    dispose: () => editor?.dispose()
  };
}
