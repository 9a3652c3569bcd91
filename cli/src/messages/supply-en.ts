/** Texts about what versions are made of, in English. */
export const supplyEn = {
  'build.summary': 'Build the function in a folder without deploying it, and show its version',
  'build.verify': 'Compare with the version that answers: the same sources make the same version anywhere',
  'build.bundle': 'bundle',
  'build.inputs': 'files',
  'build.same': 'This is the version that answers.',
  'build.differs': 'The version that answers, {version}, is another one. Different: {what}.',
  'build.code': 'the code',
  'sbom.summary': 'Write the bill of materials of the function in a folder (CycloneDX 1.6, JSON)',
  'sbom.output': 'Write it to this file',
  'sbom.written': 'written: {file}',
} as const;
