import type { DeployResponse } from '@sovfn/protocol';
import { z } from 'zod';
import { ApiError } from './api/api-error.ts';
import type { ControlClient } from './api/control-client.ts';
import { deployBuild, type Deployable, type DeployOptions } from './api/deploy-build.ts';
import { confirm } from './confirm.ts';
import type { CommandContext } from './context.ts';
import { printable } from './printable.ts';

/**
 * Deploys, and asks a person first when the version may reach what the current one may not. Null: the person does not want
 * that. Throws `egress-unaccepted` where nobody can be asked, and what a deploy throws.
 */
export async function deployAskingForEgress(
  client: ControlClient,
  build: Deployable,
  options: DeployOptions,
  context: CommandContext,
): Promise<DeployResponse | null> {
  try {
    return await deployBuild(client, build, options);
  } catch (error) {
    const added = unacceptedEgress(error);
    if (added === null || !context.isInteractive) throw error;
    const egress = printable(added.join(', '));
    const question = context.say('deploy.egress-question', { name: build.manifest.config.name, egress });
    if (!(await confirm({ question, unconfirmed: question }, context))) return null;
    return deployBuild(client, build, { ...options, acceptsEgress: true });
  }
}

function unacceptedEgress(error: unknown): string[] | null {
  if (!(error instanceof ApiError) || error.code !== 'egress-unaccepted') return null;
  return z.array(z.string()).safeParse(error.problem.facts['egress']).data ?? null;
}
