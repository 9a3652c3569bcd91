// The memory of ICU is not V8's: nobody counts it but the supervisor.
export function hazard() {
  const all = [];
  for (let i = 0; ; i++) all.push(new Intl.DateTimeFormat('fr', { timeZone: 'Europe/Paris', dateStyle: 'full' }));
}
