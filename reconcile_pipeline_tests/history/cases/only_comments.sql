-- nothing here; really
/* ; */
