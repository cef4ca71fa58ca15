/** The plugins of nbcoder, one file each, so that what a page lacks disables only what needs it. */

import { answersPlugin } from './answers';
import { commandsPlugin } from './commands';
import { displaysPlugin } from './displays';
import { enginePlugin } from './engine';
import { editedPlugin } from './edited';
import { errorsPlugin } from './errors';
import { ghostPlugin } from './ghost';
import { guidePlugin } from './guide';
import { historyPlugin } from './history';
import { offersPlugin } from './offers';
import { preferencesPlugin } from './preferences';
import { requestsPlugin } from './requests';
import { resumePlugin } from './resume';
import { runsPlugin } from './runs';
import { statusPlugin } from './status';
import { wordingPlugin } from './wording';

export default [
  runsPlugin,
  preferencesPlugin,
  offersPlugin,
  requestsPlugin,
  answersPlugin,
  displaysPlugin,
  resumePlugin,
  historyPlugin,
  errorsPlugin,
  editedPlugin,
  commandsPlugin,
  enginePlugin,
  ghostPlugin,
  wordingPlugin,
  statusPlugin,
  guidePlugin
];
