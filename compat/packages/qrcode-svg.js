import QRCode from 'qrcode-svg';
import { checking, is } from '../src/claims.ts';

export const claims = {
  'draws a QR code': () => {
    const svg = new QRCode({ content: 'https://example.com/', padding: 4, ecl: 'M', join: true }).svg();
    return is([svg.startsWith('<?xml'), svg.includes('<path')], [true, true]);
  },
  'chooses the size that the content needs': () => {
    const modules = (content) => new QRCode({ content }).qrcode.modules.length;
    return is([modules('a'), modules('a'.repeat(100))], [21, 41]);
  },
};

const handler = checking(claims);
export { handler as default };
