/** The plugins of nbcoder, one file each, so that what a page lacks disables only what needs it. */

import { answersPlugin } from './answers';
import { commandsPlugin } from './commands';
import { enginePlugin } from './engine';
import { editedPlugin } from './edited';
import { errorsPlugin } from './errors';
import { fixesPlugin } from './fixes';
import { ghostPlugin } from './ghost';
import { offersPlugin } from './offers';
import { preferencesPlugin } from './preferences';
import { resumePlugin } from './resume';
import { runsPlugin } from './runs';
import { statusPlugin } from './status';

export default [
  runsPlugin,
  preferencesPlugin,
  offersPlugin,
  fixesPlugin,
  answersPlugin,
  resumePlugin,
  errorsPlugin,
  editedPlugin,
  commandsPlugin,
  enginePlugin,
  ghostPlugin,
  statusPlugin
];
