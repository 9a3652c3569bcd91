async function* numbers() {
  for (let i = 0; ; i++) yield i;
}

export async function hazard() {
  let sum = 0;
  for await (const number of numbers()) sum += number;
  return new Response(String(sum));
}
