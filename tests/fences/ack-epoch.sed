# A mark is sent under the batch's epoch, whichever it belongs to.
s/in->epoch = u\.epoch \? u\.epoch : UPLINK_NO_EPOCH;/in->epoch = in->m->epoch;/
