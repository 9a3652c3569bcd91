const LEAST_CHARACTERS = 400;
const MOST_BLOCKS = 100;

/** Cuts a text between paragraphs into blocks: nothing is lost, a long text has not more events than a short book has pages. */
export function splitBlocks(text: string): string[] {
  const size = Math.max(LEAST_CHARACTERS, Math.ceil(text.length / MOST_BLOCKS));
  const blocks: string[] = [];
  let block = '';
  for (const paragraph of text.split(/(?<=\n[^\S\n]*\n)/)) {
    block += paragraph;
    if (block.length < size) continue;
    blocks.push(block);
    block = '';
  }
  return block === '' ? blocks : [...blocks, block];
}
