/** The words of a request are prose: they are not coloured as if they were code. */

import { RangeSetBuilder, StateField, type EditorState } from '@codemirror/state';
import { Decoration, EditorView, type DecorationSet } from '@codemirror/view';
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { EditorExtensionRegistry, IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { WISH } from './places';

const LINE = Decoration.line({ class: 'nbc-wording' });
const MAGIC = Decoration.mark({ class: 'nbc-magic' });

const wording = StateField.define<DecorationSet>({
  create: decorate,
  update: (set, { docChanged, state }) => (docChanged ? decorate(state) : set),
  provide: field => EditorView.decorations.from(field)
});

function decorate({ doc }: EditorState): DecorationSet {
  const found = WISH.exec(doc.line(1).text);
  if (!found?.[1]) {
    return Decoration.none;
  }
  const builder = new RangeSetBuilder<Decoration>();
  for (let number = 1; number <= doc.lines; number++) {
    const { from } = doc.line(number);
    builder.add(from, from, LINE);
    if (number === 1) {
      builder.add(found[0].length - found[1].length, found[0].length, MAGIC);
    }
  }
  return builder.finish();
}

export const wordingPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbcoder-labextension:wording',
  description: 'Shows requests as prose.',
  autoStart: true,
  requires: [IEditorExtensionRegistry],
  activate: (_app, registry: IEditorExtensionRegistry) => {
    registry.addExtension({
      name: 'nbcoder-labextension:wording',
      factory: () => EditorExtensionRegistry.createImmutableExtension(wording)
    });
  }
};
