/** What French law wants written on an invoice between companies, beside its figures. */
import { companyNumber, percentage, wholeEuros } from './french-format.ts';
import type { Order, Seller } from './order.ts';

const OPERATIONS = {
  goods: 'Livraison de biens',
  services: 'Prestation de services',
  mixed: 'Livraison de biens et prestation de services',
} as const;

export function operationText(order: Order): string {
  return OPERATIONS[order.operation];
}

export function legalMentions(order: Order): string[] {
  const mentions = [earlyPaymentMention(order), latePaymentMention(order)];
  if (order.vatOnDebits) mentions.push('Option pour le paiement de la taxe d’après les débits.');
  return mentions;
}

/** The line every page ends with: who the seller is by law. */
export function sellerIdentity(seller: Seller): string {
  const siren = companyNumber(seller.siret.slice(0, 9));
  return [
    `${seller.name}, ${seller.legalForm} au capital de ${wholeEuros(seller.capitalCents)}`,
    `RCS ${seller.register} ${siren}`,
    `SIRET ${companyNumber(seller.siret)}`,
    `TVA ${seller.vatNumber}`,
  ].join(' – ');
}

function earlyPaymentMention({ payment }: Order): string {
  if (payment.earlyPayment === null) return 'Pas d’escompte pour paiement anticipé.';
  const { discountPercent, days } = payment.earlyPayment;
  return `Escompte de ${percentage(discountPercent)} pour paiement sous ${days} jours.`;
}

function latePaymentMention({ payment }: Order): string {
  const rate =
    payment.latePenaltyPercent === null
      ? 'au taux de trois fois le taux d’intérêt légal'
      : `au taux annuel de ${percentage(payment.latePenaltyPercent)}`;
  return (
    `En cas de retard de paiement : pénalités ${rate}, exigibles dès le lendemain de l’échéance sans rappel, et indemnité ` +
    'forfaitaire pour frais de recouvrement de 40 € (articles L441-10 et D441-5 du code de commerce).'
  );
}
