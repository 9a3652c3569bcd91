const B = 'http://127.0.0.1:8080/fn/';
const H = 'code;raison_sociale;siret;tva;iban;encours\n';
const ROW = 'F1;Établissements Noël;40483304800022;FR83404833048;FR7630006000011234567890189;1234,56\n';
for (const n of [5000, 10000, 19999]) {
  const t = H + Array.from({ length: n }, (_, i) => ROW.replace('F1', 'F' + i)).join('');
  const r = await fetch(B + 'csv-import/', { method: 'POST', headers: { 'content-type': 'text/csv' }, body: t });
  const x = await r.text();
  console.log(
    t.length,
    r.status,
    x.length,
    r.headers.get('server-timing'),
    r.status >= 500 || r.status === 413 || r.status === 422 ? x.slice(0, 400) : '',
  );
}
