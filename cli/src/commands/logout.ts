import { PROTOCOL_VERSION } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import { forgetLogin } from '../platform/current.ts';

export const logout = defineCommand({
  examples: ['logout'],
  args: {},
  positionals: {},
  async handler(_values, { output, say, env, json }) {
    const url = await forgetLogin(env);
    if (json) output.json({ v: PROTOCOL_VERSION, url });
    else if (url === null) output.progress(say('logout.none'));
    else output.result(say('logout.done', { url }));
    return EXIT.ok;
  },
});
