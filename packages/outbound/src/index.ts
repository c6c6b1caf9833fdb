export { isPublicAddress, isRefusedAddress, PrivateAddressError, publicLookup } from './public-addresses.ts';
