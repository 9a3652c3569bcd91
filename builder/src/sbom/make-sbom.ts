/**
 * The bill of materials of one version, in CycloneDX 1.6 (ECMA-424): the function, by the hashes of its version and bundle, and
 * each package of which files went into its build.
 *
 * Guarantees: the same sources give the same bytes; it holds no time and no serial number. Not guaranteed: what a package says
 * of its licence.
 */
import { Contrib, Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import parseSpdx from 'spdx-expression-parse';
import type { Build } from '../build.ts';
import { type InputPackage, packagesOf } from './packages.ts';

const LICENSES = new Contrib.License.Factories.LicenseFactory(parseSpdx);

/** JSON text. `folder`: that of the build. */
export async function makeSbom(folder: string, build: Build): Promise<string> {
  const root = rootComponent(build);
  const bom = new Models.Bom({ metadata: new Models.Metadata({ component: root }) });
  for (const each of await packagesOf(folder, build.inputSizes)) {
    const component = packageComponent(each);
    bom.components.add(component);
    root.dependencies.add(component.bomRef);
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function rootComponent({ config, manifest, version }: Build): Models.Component {
  return new Models.Component(Enums.ComponentType.Application, config.name, {
    bomRef: `function:${config.name}`,
    version,
    hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], manifest.bundleSha256]]),
  });
}

function packageComponent({ name, version, license, bytes }: InputPackage): Models.Component {
  const [group, base] = name.startsWith('@') ? (name.split('/') as [string, string]) : [undefined, name];
  const purl = `pkg:npm/${name.startsWith('@') ? `%40${name.slice(1)}` : name}@${encodeURIComponent(version)}`;
  const component = new Models.Component(Enums.ComponentType.Library, base, {
    group,
    version,
    bomRef: purl,
    purl,
    scope: bytes > 0 ? Enums.ComponentScope.Required : Enums.ComponentScope.Excluded,
  });
  if (license !== null) component.licenses.add(LICENSES.makeFromString(license));
  return component;
}
