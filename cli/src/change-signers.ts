import { followingList, type Signer, type SignerList, type SignersAnswer, signSignerList } from '@sovfn/protocol';
import type { CommandContext } from './context.ts';
import { requireSigningKey } from './signing-key.ts';

export interface SignersChange {
  /** As it was written; null: that of the environment. */
  readonly signKey: string | null;
  readonly change: (before: Pick<SignerList, 'isRequired'> & { readonly signers: readonly Signer[] }) => {
    readonly isRequired: boolean;
    readonly signers: readonly Signer[];
  };
}

/** Puts the list that `change` makes of the present one in its place, signed. What `change` throws is the error. */
export async function changeSigners(
  { signKey, change }: SignersChange,
  context: CommandContext,
): Promise<SignersAnswer> {
  const key = await requireSigningKey(signKey, context);
  const { access } = await context.connect();
  const { tenant, list: before } = await access.signers();
  const { isRequired, signers } = change(before ?? { isRequired: false, signers: [] });
  const list = { ...followingList(tenant, before), isRequired, signers: [...signers] };
  return access.changeSigners(signSignerList(list, key));
}
