import { addMonths, differenceInCalendarDays, format, formatDistance, parseISO } from 'date-fns';
import { fr } from 'date-fns/locale';
import { checking, is } from '../src/claims.ts';

export const claims = {
  'formats in French': () =>
    is(format(new Date(2026, 1, 3), 'EEEE d MMMM yyyy', { locale: fr }), 'mardi 3 février 2026'),
  'keeps to the end of shorter months': () =>
    is(format(addMonths(new Date(2026, 0, 31), 1), 'yyyy-MM-dd'), '2026-02-28'),
  'counts days and puts distances into words': () =>
    is(
      [
        differenceInCalendarDays(parseISO('2026-03-01'), parseISO('2026-02-01')),
        formatDistance(new Date(2026, 0, 1), new Date(2026, 3, 1), { locale: fr }),
      ],
      [28, '3 mois'],
    ),
};

const handler = checking(claims);
export { handler as default };
