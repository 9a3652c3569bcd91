import { Faker, fr } from '@faker-js/faker';
import { checking, is } from '../src/claims.ts';

const faker = new Faker({ locale: [fr] });

export const claims = {
  'gives the same data for the same seed': () => {
    faker.seed(123);
    const first = faker.person.fullName();
    faker.seed(123);
    return is(faker.person.fullName(), first);
  },
  'keeps to ranges': () => is([1, 2, 3].includes(faker.number.int({ min: 1, max: 3 })), true),
  'makes French addresses': () => is(/^\d{5}$/.test(faker.location.zipCode()), true),
};

const handler = checking(claims);
export { handler as default };
