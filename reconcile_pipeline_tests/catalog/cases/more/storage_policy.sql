-- expect: policy storage.objects.objects_read altered: using
ALTER POLICY objects_read ON storage.objects USING (true);
