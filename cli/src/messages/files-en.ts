/** Texts about files that cannot be read or written, in English. */
export const filesEn = {
  'system.disk-full': 'a file cannot be written, because its disk is full ({reason})',
  'system.disk-full.hint': 'Free some space, or work on another disk.',
  'output.unwritable': 'what is shown cannot be written: {reason}',
  'file.exists': '{file} is there already',
  'file.exists.hint': 'Name another file: a key that is there is never replaced.',
  'file.unwritable': '{file} cannot be written: {reason}',
  'file.unwritable.hint': 'Check that the folder exists and that you may write there.',
  'system.unusable': '{file} cannot be used: {reason}',
  'system.unusable.hint': 'Check the path, who owns the file, and that its disk may be written to.',
  'system.absent': 'there is no such file or folder',
  'system.is-folder': 'it is a folder',
  'system.no-folder': 'a part of its path is not a folder',
  'system.denied': 'this user may not do that there',
  'system.read-only': 'its disk can only be read',
  'file.unreadable': '{file} cannot be read: {reason}',
  'file.unreadable.hint': 'Check the path, and that this user may read the file.',
} as const;
