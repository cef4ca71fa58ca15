/** The user's settings of how suggestions are shown. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Token } from '@lumino/coreutils';
import { type ISignal, Signal } from '@lumino/signaling';

export interface IPreferences {
  readonly changed: ISignal<IPreferences, void>;
  /** Differences in two columns instead of one. */
  readonly sideBySide: boolean;
  /** Shade tokens that the model was not sure of. */
  readonly showsConfidence: boolean;
  /** How often a cell is fixed and run again without asking. */
  readonly automaticRounds: number;
  /** Whether accepted cells are run; '' where the kernel's own setting says it. */
  readonly runPolicy: string;
  toggleSideBySide(): void;
}

export const IPreferences = new Token<IPreferences>(
  'nbcoder-labextension:IPreferences',
  'How suggestions are shown.'
);

const PLUGIN = 'nbcoder-labextension:commands';

class Preferences implements IPreferences {
  readonly changed: Signal<IPreferences, void> = new Signal(this);
  sideBySide = false;
  showsConfidence = true;
  automaticRounds = 3;
  runPolicy = '';

  /** Follow the user's settings. */
  follow(settings: ISettingRegistry.ISettings): void {
    this._settings = settings;
    const read = () => {
      this.sideBySide = settings.composite['sideBySide'] === true;
      this.showsConfidence = settings.composite['confidence'] !== false;
      this.automaticRounds = Number(settings.composite['automaticRounds'] ?? 3);
      const policy = settings.composite['runPolicy'];
      this.runPolicy = typeof policy === 'string' ? policy : '';
      this.changed.emit();
    };
    settings.changed.connect(read);
    read();
  }

  toggleSideBySide(): void {
    this.sideBySide = !this.sideBySide;
    this.changed.emit();
    void this._settings?.set('sideBySide', this.sideBySide);
  }

  private _settings: ISettingRegistry.ISettings | undefined;
}

export const preferencesPlugin: JupyterFrontEndPlugin<IPreferences> = {
  id: 'nbcoder-labextension:preferences',
  description: 'Reads the settings of how suggestions are shown.',
  autoStart: true,
  provides: IPreferences,
  optional: [ISettingRegistry],
  activate: (_app, registry: ISettingRegistry | null) => {
    const preferences = new Preferences();
    void registry?.load(PLUGIN).then(settings => preferences.follow(settings));
    return preferences;
  }
};
